const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** Bytes in a unit that is easy to read. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  const format = {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    // The short form of a byte knows no plural.
    unitDisplay: power > 0 ? 'short' : 'long',
    maximumFractionDigits: power > 0 ? 1 : 0,
  } as const
  return new Intl.NumberFormat(undefined, format).format(bytes / 1000 ** power)
}
