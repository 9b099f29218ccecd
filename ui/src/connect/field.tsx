import { Input, Label, Text, TextField } from 'react-aria-components';
import form from '../look/form.module.css';

interface Props {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  secret?: boolean;
  placeholder?: string;
  autoFocus?: boolean;
}

/** A field of a sign-in: nothing of it is remembered by the browser. */
export function Field({ label, hint, value, onChange, secret, placeholder, autoFocus }: Props) {
  return (
    <TextField className={form.field ?? ''} type={secret ? 'password' : 'text'} value={value} onChange={onChange} autoComplete="off" autoFocus={autoFocus ?? false}>
      <Label>{label}</Label>
      <Input placeholder={placeholder ?? ''} spellCheck={false} />
      {hint && (
        <Text slot="description" className={form.hint ?? ''}>
          {hint}
        </Text>
      )}
    </TextField>
  );
}
