const bytesOfObject = 48
const bytesOfMember = 16
/** For what is not looked into: an error, a date. */
const bytesOfOpaque = 256

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Freezes arrays and plain objects all the way down, and estimates the bytes that the value takes. One walk does both.
 * Text counts two bytes a character, which is what V8 takes for anything beyond Latin-1.
 */
export const freezeDeeply = (value: unknown): number => {
  if (typeof value === 'string') return bytesOfMember + 2 * value.length
  if (typeof value !== 'object' || value === null) return bytesOfMember
  if (Array.isArray(value)) return freezeMembers(value, value)
  return isPlain(value) ? freezeMembers(value, Object.values(value)) : bytesOfOpaque
}

const freezeMembers = (whole: object, members: readonly unknown[]): number => {
  let bytes = bytesOfObject
  for (const member of members) bytes += freezeDeeply(member) + bytesOfMember
  Object.freeze(whole)
  return bytes
}
