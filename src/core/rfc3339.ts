// Whether a text is an RFC 3339 date-time (section 5.6) that names a real moment: calendar, clock and offset are checked.

const form =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d{1,30})?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/

export function isRfc3339(text: string): boolean {
  const match = form.exec(text)
  if (!match) return false
  const [, year, month, day, hour, minute, second, sign, offsetHour, offsetMinute] = match
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return false
  if (second !== '60') return true
  // A leap second is the last of a UTC day, whatever the local offset says.
  const offset = sign ? (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1) : 0
  const minuteOfDay = (Number(hour) * 60 + Number(minute) - offset + 2 * 1440) % 1440
  return minuteOfDay === 1439
}

/** Milliseconds since the epoch, further digits cut off, or undefined when it is none. A leap second counts as the second after. */
export function parseRfc3339(text: string): number | undefined {
  if (!isRfc3339(text)) return undefined
  const leap = text.slice(17, 19) === '60'
  return (
    Date.parse((leap ? `${text.slice(0, 17)}59${text.slice(19)}` : text).toUpperCase()) + (leap ? 1_000 : 0)
  )
}

/** 0 for a month that does not exist. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return monthDays[month] ?? 0
}

const monthDays = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
