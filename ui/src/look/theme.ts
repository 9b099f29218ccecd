export type Theme = 'light' | 'dark';

const query = () => window.matchMedia('(prefers-color-scheme: dark)');
let chosen: Theme | null = null;

/** The system's theme until the person toggles it. */
export function followTheme() {
  const system = query();
  const set = () => show(chosen ?? (system.matches ? 'dark' : 'light'));
  system.addEventListener('change', set);
  set();
}

export function toggleTheme() {
  chosen = document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark';
  show(chosen);
}

export function toggleDensity() {
  const root = document.documentElement;
  if (root.dataset['density']) delete root.dataset['density'];
  else root.dataset['density'] = 'comfortable';
}

function show(theme: Theme) {
  document.documentElement.dataset['theme'] = theme;
}
