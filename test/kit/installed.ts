import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((dir) => {
    try {
      accessSync(path.join(dir, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** For `skip` of a test that needs a program: a machine that lacks it skips by name; where `CI=true`, nothing may be skipped. */
export const skipWithout = (program: string): string | false =>
  isInstalled(program) || process.env['CI'] === 'true' ? false : `${program} is not installed`

export type Ran = { readonly code: number | null; readonly said: string }

/** Runs a program to its end, at most 30 s. `code` is null where it could not be started, or was ended. */
export const runProgram = (program: string, args: readonly string[], env: Readonly<Record<string, string | undefined>> = process.env): Ran => {
  const { status, stdout, stderr, error } = spawnSync(program, [...args], { encoding: 'utf8', timeout: 30_000, env })
  return { code: status, said: error ? error.message : `${stdout}${stderr}` }
}
