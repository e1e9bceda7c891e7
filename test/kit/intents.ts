import { readdirSync } from 'node:fs'
import path from 'node:path'
import { demoRouting } from '../../demo/company/departments.ts'

/** The intents that the shipped routing knows. */
export const demoIntents: readonly string[] = readdirSync(path.join(demoRouting, 'intents')).map((file) => path.basename(file, '.yaml'))
