import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { TextField } from 'react-aria-components/TextField'

/** A line to fill in, with its name above it. */
export function LineField({
  label,
  value,
  change,
  placeholder,
  isRequired = false,
  autoFocus = false,
  type = 'text',
}: {
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  readonly placeholder?: string
  readonly isRequired?: boolean
  readonly autoFocus?: boolean
  readonly type?: 'text' | 'tel'
}) {
  return (
    <TextField
      className="field"
      value={value}
      onChange={change}
      isRequired={isRequired}
      autoFocus={autoFocus}
      type={type}
      autoComplete="off"
    >
      <Label>{label}</Label>
      <Input placeholder={placeholder ?? ''} />
    </TextField>
  )
}
