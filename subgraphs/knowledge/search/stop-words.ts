/* Words that are in nearly every text and say what none is about. Short on purpose: a word that is missing here is only common, one too many is never found. */

const english = `a an and are as at be been but by can could did do does for from had has have he her his how i if in into is its let may me my no nor not of on or our
  shall she should so some than that the their them then there these they this those to too us was we were what when where which who why will with would you your`

const chinese = `的 了 和 是 在 也 就 都 而 及 与 着 或 一个 我们 你们 他们 她们 它们 我 你 您 他 她 它 们 这 那 这个 那个 这些 那些 吗 呢 吧 啊 呀 哦 嗯 把 被 让 给 对 对于 关于 以及 并 并且 但 但是
  因为 所以 如果 那么 就是 还是 还 又 很 最 请 请问 怎么 怎样 如何 什么 为什么 怎么办 哪 哪个 哪些 哪里 一 不 没 没有 要 会 能 可以 能够 到 从 向 由 于 以 其 之 等 地 得 上 下 里 中 为 有`

/** As `foldText` writes them, simplified, before stemming. */
export const stopWords: ReadonlySet<string> = new Set(`${english} ${chinese}`.split(/\s+/))
