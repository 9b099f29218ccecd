import { keepPreviousData, useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { Problem } from './commands';
import { problemOf, useHost, type Name, type Request, type Response } from './host';

interface Options {
  enabled?: boolean;
  every?: number | false;
  /** Show the last answer to another question until this one is answered. */
  keep?: boolean;
}

/** A question to the desk, asked again whenever something was done. */
export function useAsk<K extends Name>(name: K, request: Request<K>, options: Options = {}): UseQueryResult<Response<K>, Error> {
  const host = useHost();
  return useQuery({
    queryKey: [name, request],
    queryFn: () => host.call(name, request),
    enabled: options.enabled ?? true,
    refetchInterval: options.every ?? false,
    ...(options.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Something done at the desk: afterwards all answers are asked for again. */
export function useAct<K extends Name>(name: K, done?: (answer: Response<K>, request: Request<K>) => void, failed?: (problem: Problem) => void) {
  const host = useHost();
  const client = useQueryClient();
  return useMutation<Response<K>, Error, Request<K>>({
    mutationFn: (request) => host.call(name, request),
    onSuccess: (answer, request) => {
      void client.invalidateQueries();
      done?.(answer, request);
    },
    onError: (error) => failed?.(problemOf(error)),
  });
}
