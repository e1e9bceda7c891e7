import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { pack } from './trained.ts'
import { train } from './training.ts'

/* Trains in a thread of its own, hands over the bytes without copying them, and ends. */

const examples = z.array(z.object({ text: z.string(), intent: z.string() })).parse(workerData)
const bytes = pack(await train(examples))
parentPort?.postMessage(bytes, [bytes])
