-- CreateTable
CREATE TABLE "knowledge_citation" (
    "id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,
    "agent_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "article_id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "seen" TEXT NOT NULL,
    "cited_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "knowledge_citation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "knowledge_citation_agent_id_idx" ON "knowledge_citation"("agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "knowledge_citation_conversation_id_agent_id_source_article__key" ON "knowledge_citation"("conversation_id", "agent_id", "source", "article_id");

-- AddForeignKey
ALTER TABLE "knowledge_citation" ADD CONSTRAINT "knowledge_citation_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
