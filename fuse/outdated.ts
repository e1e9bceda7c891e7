/**
 * When each key was last written, in turns: a count that grows with each write, as clocks are too coarse to tell a read that
 * began just before a write from one that began just after it.
 */
export type Marks = {
  turn(): number
  /** Without a key, every key. */
  outdate(key?: string): void
  /** Whether something wrote to `key` since `turn`. */
  isOutdated(key: string, turn: number): boolean
}

/** At most `maxKeys` are remembered one by one; what is forgotten counts as a write to every key, which costs calls and no truth. */
export const openMarks = (maxKeys = 4_096): Marks => {
  const byKey = new Map<string, number>()
  let turn = 0
  let ofAll = 0
  const forgetOldest = () => {
    const oldest = byKey.entries().next()
    if (oldest.done) return
    byKey.delete(oldest.value[0])
    ofAll = Math.max(ofAll, oldest.value[1])
  }
  return {
    turn: () => turn,
    outdate: (key) => {
      turn += 1
      if (key === undefined) {
        ofAll = turn
        byKey.clear()
        return
      }
      byKey.delete(key)
      byKey.set(key, turn)
      if (byKey.size > maxKeys) forgetOldest()
    },
    isOutdated: (key, since) => since < Math.max(ofAll, byKey.get(key) ?? 0),
  }
}
