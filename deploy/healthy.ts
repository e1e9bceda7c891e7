/*
 * `node deploy/healthy.ts URL` exits with 0 where the URL answers with a status of 2xx within two seconds, and with 1 where it does
 * not: the health check of a container that has no curl.
 */
const [url] = process.argv.slice(2)

const isHealthy = async (at: string): Promise<boolean> => {
  try {
    const answer = await fetch(at, { signal: AbortSignal.timeout(2_000), redirect: 'manual' })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

process.exitCode = url !== undefined && URL.canParse(url) && (await isHealthy(url)) ? 0 : 1
