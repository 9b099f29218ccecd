import { Channel, invoke } from '@tauri-apps/api/core';
import type { Name, Request, Response } from './host';
import { isProblem, problem, Refusal, type Host } from './host';

export const inWindow = () => '__TAURI_INTERNALS__' in window;

/** The desk behind the window's own bridge. */
export function tauri(): Host {
  return {
    async call<K extends Name>(name: K, request: Request<K>): Promise<Response<K>> {
      try {
        return parsed(await invoke('desk', { name, body: JSON.stringify(request) })) as Response<K>;
      } catch (error) {
        const said = parsed(error);
        throw new Refusal(isProblem(said) ? said : problem('internal'));
      }
    },
    watch(news) {
      let open = true;
      const channel = new Channel<unknown>(() => {
        if (open) news();
      });
      // Without hints the page still looks by itself, only less often.
      invoke('watch', { channel }).catch(() => undefined);
      return () => {
        open = false;
      };
    },
  };
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
