const DURATION = /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?)$/i
const DAY = 86_400_000
const UNITS = [7 * DAY, DAY, 3_600_000, 60_000, 1000] as const

/** Milliseconds of an ISO 8601 duration. Years and months are none: how long they are depends on when they begin. */
export function durationOf(text: string): number | undefined {
  const parts = DURATION.exec(text)?.slice(1)
  if (!parts?.some((part) => part !== undefined)) return undefined
  return Math.round(parts.reduce((sum, part, at) => sum + Number(part ?? 0) * (UNITS[at] ?? 0), 0))
}

/** The shortest ISO 8601 duration in days, hours, minutes and seconds. */
export function durationText(milliseconds: number): string {
  const [days, hours, minutes] = [milliseconds / DAY, (milliseconds % DAY) / 3_600_000, (milliseconds % 3_600_000) / 60_000]
  const seconds = (milliseconds % 60_000) / 1000
  const part = (count: number, unit: string) => (count > 0 ? `${count}${unit}` : '')
  const time = part(Math.floor(hours), 'H') + part(Math.floor(minutes), 'M') + part(seconds, 'S')
  return `P${part(Math.floor(days), 'D')}${time && `T${time}`}`
}
