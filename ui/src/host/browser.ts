import type { Name, Request, Response } from './host';
import { isProblem, problem, Refusal, type Host } from './host';

/** The same desk over loopback HTTP, for an ordinary browser. */
export function browser(): Host {
  const token = document.querySelector<HTMLMetaElement>('meta[name="countersign-token"]')?.content ?? '';
  return {
    async call<K extends Name>(name: K, request: Request<K>): Promise<Response<K>> {
      const answer = await fetch(`/call/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-countersign-token': token },
        body: JSON.stringify(request),
      });
      const said: unknown = await answer.json().catch(() => null);
      if (answer.ok) return said as Response<K>;
      throw new Refusal(isProblem(said) ? said : problem('internal'));
    },
    watch: () => () => undefined,
  };
}
