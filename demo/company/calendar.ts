/** The company's present: everything in it happened before, or is expected after. Unix milliseconds. */
export const presentMs = Date.UTC(2026, 10, 20, 4, 0, 0)

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export const isoTime = (ms: number): string => new Date(ms).toISOString()
