import { useEffect, useState } from 'react';
import { words } from '../words/words';
import { Button } from './marks';

const SAID_MS = 2000;

/** Puts a text on the clipboard and says so. */
export function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard?.writeText(text).then(() => setCopied(true), () => undefined);
  };
  return (
    <Button onPress={copy}>
      {copied ? words.connect.copied : words.connect.copy}
    </Button>
  );
}
