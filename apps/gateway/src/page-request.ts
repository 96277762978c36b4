/** Plain HTTP through the proxy: who asks, what the rules say, then the page, a refusal or a warning. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { continueRequest } from './continue-request.ts'
import { forwardRequest } from './forward-request.ts'
import { sendReply } from './gateway-replies.ts'
import { decisionReply, type Forward, type InsideTunnel, judgeRequest } from './judged-request.ts'
import type { ProxyContext } from './proxy-context.ts'

export async function servePage(
  context: ProxyContext,
  request: IncomingMessage,
  response: ServerResponse,
  inside: InsideTunnel | undefined,
): Promise<void> {
  const judged = await judgeRequest(context, request, 'page', inside)
  if (judged.kind === 'own') return sendReply(request, response, await context.ownPage(request))
  if (judged.kind === 'reply') return sendReply(request, response, judged.reply)
  if (response.destroyed) return
  if (judged.kind === 'continue') return continueRequest(context, judged.visitor, request, response)
  const { visitor, asked, visit } = judged
  const done = context.exchanges.add({ visitor, ...visit, asked: [asked], cut: () => response.destroy() })
  response.once('close', done)
  forwardRequest(context, request, response, judged, raw => refusalOfAnswer(context, judged, raw))
}

/** A file that the rules stop by what the site says it is, which only its answer tells. */
function refusalOfAnswer(context: ProxyContext, { visitor, asked, visit, url }: Forward, answer: IncomingMessage) {
  const decision = context.judge.decideAnswer(visitor, asked, {
    contentType: answer.headers['content-type'] ?? null,
    disposition: answer.headers['content-disposition'] ?? null,
  })
  if (!decision || decision.verdict === 'allow' || decision.continued) return undefined
  return decisionReply(context, visitor, decision, url, context.record(visitor, visit, decision))
}
