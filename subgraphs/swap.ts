/** Something that runs, and can be put another in its place without anybody losing what they wait for. */
export type Swap<T extends AsyncDisposable> = AsyncDisposable & {
  /** Runs with what is there now; that is not disposed before this has ended. */
  use<R>(run: (current: T) => Promise<R>): Promise<R>
  readonly current: T
  /** From now on `next` is used. Resolves when the one before it has been left by all and is disposed. */
  swap(next: T): Promise<void>
}

type Turn<T> = { readonly value: T; users: number; readonly left: PromiseWithResolvers<void>; retired: boolean }

const begin = <T>(value: T): Turn<T> => ({ value, users: 0, left: Promise.withResolvers(), retired: false })

const retire = async <T extends AsyncDisposable>(turn: Turn<T>): Promise<void> => {
  turn.retired = true
  if (turn.users === 0) turn.left.resolve()
  await turn.left.promise
  await turn.value[Symbol.asyncDispose]()
}

/** Owns what it is given. Disposing it waits for whoever uses it. */
export const openSwap = <T extends AsyncDisposable>(first: T): Swap<T> => {
  let turn = begin(first)
  const retiring = new Set<Promise<void>>()
  const retireNow = (old: Turn<T>) => {
    const retired = retire(old).finally(() => retiring.delete(retired))
    retiring.add(retired)
    return retired
  }
  return {
    use: async (run) => {
      const mine = turn
      mine.users += 1
      try {
        return await run(mine.value)
      } finally {
        mine.users -= 1
        if (mine.retired && mine.users === 0) mine.left.resolve()
      }
    },
    get current() {
      return turn.value
    },
    swap: (next) => {
      const old = turn
      turn = begin(next)
      return retireNow(old)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...retiring, retireNow(turn)])
    },
  }
}
