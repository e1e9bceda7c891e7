import { serialize } from 'node:v8'
import { answerAll } from './answering.ts'
import { cutArticle } from './cutting.ts'
import { articles } from './messages.ts'
import { openTokenizer } from './tokens.ts'

/* Cuts articles into passages and tokens, while another thread writes the last ones. Answers bytes, which go through the caller's thread without being copied. */

const tokenizer = await openTokenizer()

answerAll(null, (asked) => new Uint8Array(serialize(articles.parse(asked).map((article) => cutArticle(article, tokenizer)))))
