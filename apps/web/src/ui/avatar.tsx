/** How many colours there are; see `avatar.css`. */
const HUES = 8

/** Two letters in a colour that always belongs to this name. For the eye alone: the name stands beside it. */
export function Avatar({
  name,
  size = 'medium',
}: {
  readonly name: string
  readonly size?: 'tiny' | 'small' | 'medium' | 'large'
}) {
  return (
    <span className="avatar" data-hue={hueOf(name)} data-size={size} aria-hidden="true">
      {initialsOf(name)}
    </span>
  )
}

function initialsOf(name: string): string {
  // A telephone number has no initials.
  if (!/\p{L}/u.test(name)) return '#'
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  const joined = letters.map((word) => [...(word ?? '')][0] ?? '').join('')
  return joined.toLocaleUpperCase()
}

function hueOf(name: string): number {
  let sum = 0
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return sum % HUES
}
