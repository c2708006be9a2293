const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const short = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

const DAY = 86_400_000

/** Days between two moments, as people count: by midnights. */
function daysBetween(one: Date, other: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  return Math.round((midnight(other) - midnight(one)) / DAY)
}

/** The time of the day. */
export const timeText = (date: Date): string => time.format(date)

/** Day and time in full, for who wants to know. */
export const fullText = (date: Date): string => full.format(date)

/** Whether two moments are on the same day. */
export const isSameDay = (one: Date, other: Date): boolean => daysBetween(one, other) === 0

/** The day, in words that need the least reading. */
export function dayText(date: Date, now = new Date()): string {
  const days = daysBetween(date, now)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return weekday.format(date)
  return (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date)
}

/** When something was, in the room of a few letters. */
export function shortText(date: Date, now = new Date()): string {
  const days = daysBetween(date, now)
  if (days === 0) return time.format(date)
  return days === 1 ? 'Yesterday' : short.format(date)
}
