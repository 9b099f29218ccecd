import { browser } from './browser';
import type { Host } from './host';
import { inWindow, tauri } from './tauri';

declare const __FIXTURE__: boolean;

/** The window's bridge where there is one, else loopback; the made-up company only in builds made for it. */
export async function findHost(): Promise<Host> {
  if (inWindow()) return tauri();
  if (__FIXTURE__) return (await import('./fixture/fixture')).fixture(new URLSearchParams(location.search));
  return browser();
}
