/** Does one piece of work again and again, one at a time: once more for whatever was asked while it ran, however often that was. */
export type Turns = {
  readonly ask: () => void
  /** Resolves when nothing runs that was asked for by now. */
  readonly done: () => Promise<void>
}

/** `work` may not reject. */
export const openTurns = (work: () => Promise<void>): Turns => {
  const state = { asked: false, running: Promise.resolve() }
  return {
    ask: () => {
      if (state.asked) return
      state.asked = true
      state.running = state.running.then(() => {
        state.asked = false
        return work()
      })
    },
    done: () => state.running,
  }
}
