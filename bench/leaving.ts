/* What a bench started has to end with it, also where an error that nobody caught ends it: then nothing is disposed, and only what is synchronous still runs. */

const left = new Set<() => void>()

const endAll = (): void => {
  for (const end of left) end()
}

process.on('exit', endAll)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Runs `end` where this process leaves before the function that this returns was called. */
export const onLeaving = (end: () => void): (() => void) => {
  left.add(end)
  return () => void left.delete(end)
}
