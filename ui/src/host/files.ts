import type { FileUse, SaveTo } from './commands';
import { useAsk } from './ask';
import { useHost } from './host';

/** Asks for a file by the system's own dialog: none when it was closed without one. Null where there is no dialog, and paths are typed. */
export function useFiles(): ((what: FileUse, title: string) => Promise<string | null>) | null {
  const host = useHost();
  const { data } = useAsk('overview', {});
  if (!data?.dialogs) return null;
  return (what, title) => host.call('choose_file', { what, title }).then(({ path }) => path);
}

/** Where something is saved: as chosen, or under its own name where there is no dialog. None: it shall not be saved. */
export function useSaveTo(): (what: FileUse, title: string) => Promise<SaveTo | null> {
  const files = useFiles();
  return async (what, title) => {
    if (!files) return { path: null };
    const path = await files(what, title);
    return path === null ? null : { path };
  };
}
