import type { Bus } from '../bus/bus.ts'
import type { FuseRegistry } from '../fuse/registry.ts'

/** What is published under it is a `FuseSnapshot`: each change of a fuse's state at once, figures at most once a second. */
export const fuseSubject = 'fuses'

/** Tells the other processes of this one's fuses; all of them whenever the others can be reached again. Returns what ends it. */
export const announceFuses = (registry: FuseRegistry, bus: Bus): (() => void) => {
  const endTelling = registry.subscribe((fuse) => bus.publish(fuseSubject, fuse))
  const endReached = bus.onReached(() => {
    for (const fuse of registry.list()) bus.publish(fuseSubject, fuse.snapshot())
  })
  return () => {
    endTelling()
    endReached()
  }
}
