/** Whether all texts in a JSON value can be stored anywhere: well-formed Unicode without NUL. */
export function isCleanText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => isCleanText(key) && isCleanText(inner))
}
