import type { PlanNode } from '@apollo/query-planner'
import type { OperationTypeNode } from 'graphql'
import type { PlanPath } from './cursor.ts'
import { compileFetch } from './fetch-step.ts'
import { getOwn } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Run, Step } from './run.ts'
import type { Meets } from './subtypes.ts'

export type StepsOptions = {
  readonly meets: Meets
  /** What variables are where the client sends none. */
  readonly defaults: Readonly<JsonObject>
  readonly kind: OperationTypeNode
}

/** A plan as what is to be done, with all that is the same for each request done already. Throws where it has something that is never asked for here. */
export const compileSteps = (node: PlanNode, opt: StepsOptions, path: PlanPath = []): Step => {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, path, opt.meets, opt.kind)
    case 'Flatten':
      if (path.length > 0) throw new Error('a plan with paths within paths')
      return compileSteps(node.node, opt, node.path)
    case 'Sequence':
      return inSequence(node.nodes.map((each) => compileSteps(each, opt, path)))
    case 'Parallel':
      return atOnce(node.nodes.map((each) => compileSteps(each, opt, path)))
    case 'Condition':
      return when(
        compileCondition(node.condition, opt.defaults),
        node.ifClause && compileSteps(node.ifClause, opt, path),
        node.elseClause && compileSteps(node.elseClause, opt, path),
      )
    case 'Defer':
      throw new Error('a plan with parts that come later')
  }
}

const inSequence = (steps: readonly Step[]): Step => {
  const [only] = steps
  if (only && steps.length === 1) return only
  return (run) => goOn(steps, 0, run)
}

/** What is answered at once is not waited for. */
const goOn = (steps: readonly Step[], from: number, run: Run): Promise<void> | undefined => {
  for (const [index, step] of steps.entries()) {
    if (index < from) continue
    const running = step(run)
    if (running) return index === steps.length - 1 ? running : running.then(() => goOn(steps, index + 1, run))
  }
  return undefined
}

/** A step that throws ends none of its neighbours. */
const atOnce =
  (steps: readonly Step[]): Step =>
  (run) => {
    const running: Promise<void>[] = []
    for (const step of steps) {
      try {
        const one = step(run)
        if (one) running.push(one)
      } catch (error) {
        running.push(Promise.reject(error instanceof Error ? error : new Error(String(error))))
      }
    }
    return running.length === 0 ? undefined : running.length === 1 ? running[0] : Promise.all(running).then(() => undefined)
  }

const when =
  (holds: (run: Run) => boolean, then: Step | undefined, otherwise: Step | undefined): Step =>
  (run) => {
    const step = holds(run) ? then : otherwise
    return step?.(run)
  }

const compileCondition = (variable: string, defaults: Readonly<JsonObject>) => {
  const otherwise = getOwn(defaults, variable)
  return ({ variables }: Run): boolean => {
    const value = getOwn(variables, variable) ?? (Object.hasOwn(variables, variable) ? null : otherwise)
    if (typeof value !== 'boolean') throw new Error(`the variable $${variable} decides what is asked for, and is neither true nor false`)
    return value
  }
}
