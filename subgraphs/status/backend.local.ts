import type { FuseRegistry } from '../../fuse/registry.ts'
import type { FuseOwner } from './backend.ts'

/** The fuses of this process. */
export const openLocalFuses = (registry: FuseRegistry): FuseOwner => ({
  listFuses: async () => registry.list().map((fuse) => fuse.snapshot()),
  command: async (id, command) => {
    const fuse = registry.find(id)
    if (!fuse) return null
    if (command.kind === 'hold') fuse.hold(command.reason, command.forMs)
    if (command.kind === 'release') fuse.release()
    if (command.kind === 'try') await fuse.tryNow()
    return fuse.snapshot()
  },
})
