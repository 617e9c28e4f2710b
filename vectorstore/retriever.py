"""The index as a LangChain retriever, for chains that expect one."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from vectorstore.fusion import Hit
from vectorstore.index import HybridIndex


class HybridRetriever(BaseRetriever):
    """Passages of a HybridIndex as LangChain documents, best first.

    `page_content` is the passage, byte for byte; the metadata hold its address (`document_id`, `version`,
    `start`, `end`), its language and its score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: HybridIndex
    language: str
    """The language that questions are asked in."""
    limit: int = 8

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [_document(hit) for hit in self.index.search(query, self.language, limit=self.limit)]


def _document(hit: Hit) -> Document:
    passage = hit.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "document_id": passage.document_id,
            "version": passage.version,
            "start": passage.span.start,
            "end": passage.span.end,
            "language": passage.language,
            "score": hit.score,
        },
    )
