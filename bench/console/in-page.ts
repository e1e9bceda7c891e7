/*
 * What is observed in the page itself, as scripts. Each gives back a promise or a value to `page.evaluate`, and leaves no more behind than one name of `window.bench`.
 * A time is in ms since the epoch, on the page's own clock.
 */

/** In every page, before its own scripts. */
export const prelude = `
  window.bench = {
    now: () => performance.timeOrigin + performance.now(),
    /** Once what is in the document now has been painted, and the page has nothing else to do before an input. */
    painted: () => new Promise((resolve) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve(bench.now())
      port2.postMessage(null)
    })),
    /** As soon as \`find\` gives something other than null. */
    until: (find) => new Promise((resolve) => {
      const look = () => {
        const found = find()
        if (found === null) return
        observer.disconnect()
        resolve(found)
      }
      const observer = new MutationObserver(look)
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
      look()
    }),
    frames: [],
  }
  addEventListener('keydown', ({ key, timeStamp }) => {
    if (key === 'Enter') bench.pressedAt = performance.timeOrigin + timeStamp
  }, true)
`

/** From the beginning of the navigation until something that this selector finds is painted. ms. */
export const usableMs = (selector: string) =>
  `bench.until(() => document.querySelector(${JSON.stringify(selector)})).then(() => bench.painted()).then((at) => at - performance.timeOrigin)`

/** Watches for a message of the hub's with this text: `shownAt` tells when it was within what is to be seen of the list, and painted. */
export const watchFor = (body: string) => `void (bench.shown = (async () => {
  const log = document.querySelector('[role="log"]')
  const row = await bench.until(() => [...log.querySelectorAll('[data-position] p')].findLast(({ textContent }) => textContent === ${JSON.stringify(body)}) ?? null)
  for (;;) {
    const [at, [inner, outer]] = [await bench.painted(), [row, log].map((one) => one.getBoundingClientRect())]
    if (inner.top >= outer.top && inner.bottom <= outer.bottom + 1) return at
  }
})())`

export const shownAt = 'bench.shown'
export const pressedAt = 'bench.pressedAt'

/** Keeps the time of each frame until `takeFrames`. */
export const recordFrames = `(() => {
  bench.frames = []
  const tick = (at) => {
    bench.frames.push(at)
    bench.ticking = requestAnimationFrame(tick)
  }
  bench.ticking = requestAnimationFrame(tick)
})()`

export const takeFrames = '(cancelAnimationFrame(bench.ticking), bench.frames)'

/** From where a scroller is to its end. */
export const restPx = (selector: string) => `(({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop)(document.querySelector(${JSON.stringify(selector)}))`
