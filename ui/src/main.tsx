import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { findHost } from './host/find';
import { HostContext } from './host/host';
import './look/base.css';
import { followTheme } from './look/theme';

// Everything asked is on this computer: nothing is retried, nothing waits for a network, nothing is old until something was done.
const client = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always', staleTime: Infinity, refetchOnWindowFocus: false }, mutations: { networkMode: 'always', retry: false } },
});

followTheme();
const root = document.getElementById('root');
if (root) {
  const host = await findHost();
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <HostContext value={host}>
          <App />
        </HostContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
