/** Whether two ways of writing have a word in common; of an e-mail address only what stands before the @ counts. */
export function alike(a: string, b: string): boolean {
  const words = (text: string) =>
    text
      .split('@')[0]
      ?.normalize('NFKD')
      .toLowerCase()
      .split(/[^\p{L}\p{N}\p{M}]+/u)
      .filter((word) => word.length >= SHORTEST) ?? [];
  const theirs = new Set(words(b));
  return words(a).some((word) => theirs.has(word));
}

/** Shorter ones are forms of company, house numbers and the like. */
const SHORTEST = 4;
