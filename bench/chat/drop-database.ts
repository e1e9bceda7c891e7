import { Client } from 'pg'
import { z } from 'zod'

/* `node bench/chat/drop-database.ts SERVER-URL NAME`: for a bench that leaves in disorder, and can wait for a process and for no promise. */

const [url, name] = z.tuple([z.string(), z.string().regex(/^fuseboard_bench_[\da-f]+$/)]).parse(process.argv.slice(2))
const client = new Client({ connectionString: url })
await client.connect()
await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
await client.end()
