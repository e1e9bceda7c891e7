import path from 'node:path'
import { generateClient } from './generator.ts'

/* `npm run db:generate`: the client in `prisma/generated/`, from schema.prisma. */
await generateClient(path.join(import.meta.dirname, 'schema.prisma'))
