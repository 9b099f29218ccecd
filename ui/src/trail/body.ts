/** A value that an entry holds: where it stands in it, and its text. */
export interface Fact {
  path: string[];
  text: string;
}

/** What an entry holds, value by value. A figure stays the text that it is: it never goes through a number. */
export function facts(body: string): Fact[] {
  try {
    return flat(JSON.parse(quoted(body)) as unknown, []);
  } catch {
    return [];
  }
}

/** The one value under this name, if it is there. */
export function valueOf(body: string, name: string): string | null {
  return facts(body).find(({ path }) => path.at(-1) === name)?.text ?? null;
}

function flat(value: unknown, path: string[]): Fact[] {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) return value.flatMap((one, index) => flat(one, value.length > 1 ? [...path, `${index + 1}`] : path));
  if (typeof value !== 'object') return [{ path, text: String(value) }];
  const { amount, currency, ...more } = value as Record<string, unknown>;
  if (typeof amount === 'string' && typeof currency === 'string' && Object.keys(more).length === 0) return [{ path, text: `${amount} ${currency}` }];
  return Object.entries(value).flatMap(([name, one]) => flat(one, [...path, name]));
}

/** Numbers outside of strings as strings. */
function quoted(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
