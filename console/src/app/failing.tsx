import { Component } from 'react'
import type { ReactNode } from 'react'
import { currentWords } from '../words/words.ts'

type FailingProps = { readonly children: ReactNode }

/** A part of the page that throws costs itself, and nothing beside it. */
export class Failing extends Component<FailingProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false }
  static getDerivedStateFromError() {
    return { hasFailed: true }
  }
  override render() {
    const { frame } = currentWords()
    if (!this.state.hasFailed) return this.props.children
    return <p role="alert">{frame.broken} <button type="button" onClick={() => this.setState({ hasFailed: false })}>{frame.again}</button></p>
  }
}
