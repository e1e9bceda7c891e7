/** Until when something may take; `signal` is aborted then. */
export type Deadline = { readonly signal: AbortSignal; readonly deadlineAt: number }

const late = () => new DOMException('the budget of the request is spent', 'TimeoutError')

/** A deadline that can be given up before; `end` is to be called in any case, as the process holds a timer for it. */
export type OwnDeadline = Deadline & { end(): void; abort(): void }

export const openDeadline = (budgetMs: number): OwnDeadline => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(late()), budgetMs)
  return {
    signal: controller.signal,
    deadlineAt: Date.now() + budgetMs,
    end: () => clearTimeout(timer),
    abort: () => {
      clearTimeout(timer)
      controller.abort(new DOMException('the client hung up', 'AbortError'))
    },
  }
}

/** What begins within this time ends together. */
const togetherMs = 250

/**
 * Deadlines for what is begun thousands of times a second and takes no time as a rule: a signal and a timer of its own would cost each more than
 * all the rest. They come up to 250 ms late.
 */
export const openSharedDeadlines = (): ((budgetMs: number) => Deadline) => {
  let present: Deadline & { readonly budgetMs: number; readonly until: number } | null = null
  return (budgetMs) => {
    const now = Date.now()
    if (present && present.budgetMs === budgetMs && now < present.until) return present
    const controller = new AbortController()
    setTimeout(() => controller.abort(late()), budgetMs + togetherMs).unref()
    present = { signal: controller.signal, deadlineAt: now + budgetMs + togetherMs, budgetMs, until: now + togetherMs }
    return present
  }
}
