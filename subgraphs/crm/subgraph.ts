import { openOnlyBackend } from '../backends.ts'
import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import type { Adapters } from '../../fuse/adapters.ts'
import { openCrmOverJsonRpc } from './backend.jsonrpc.ts'
import { openCrmOverForm } from './backend.form.ts'
import { openCrmOverMysql } from './backend.mysql.ts'
import type { CrmBackend } from './backend.ts'
import { fuseCrm, openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const adapters: Adapters<CrmBackend> = { form: openCrmOverForm, jsonrpc: openCrmOverJsonRpc, mysql: openCrmOverMysql }

export const crm: SubgraphModule = {
  name: 'crm',
  sdl,
  open: (environment) => {
    const { backend, fuse, close } = openOnlyBackend(environment, 'crm', adapters)
    const fused = fuseCrm(backend, fuse)
    return defineSubgraph({
      name: 'crm',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(fused, environment.cursors, context),
      close,
    })
  },
}
