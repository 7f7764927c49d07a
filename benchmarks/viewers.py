"""A viewer without a browser: one session at a server, by Streamlit's own messages.

It asks a page by its address, follows the page's own polling, and reads the answer's sentence.
"""

import asyncio
import re

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates

LOST = 120.0  # seconds after which a question counts as lost


class Viewer:
    """One web socket. `open(page, query, wanted)` and then `choose(clinics, wanted)` give the first
    text of the page that fits `wanted`; TimeoutError where none comes."""

    def __init__(self, address: str):
        self.address = address.replace("http://", "ws://") + "/_stcore/stream"
        self.query, self.page, self.clinics = "", "", ""
        self.states = WidgetStates()
        self.looks: list[asyncio.Future] = []

    async def __aenter__(self) -> "Viewer":
        host = self.address.split("/")[2]
        self.socket = await websockets.connect(
            self.address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(f"http://{host}"),
            max_size=None,
        )
        return self

    async def __aexit__(self, *_error) -> None:
        self._stop_looking()
        await self.socket.close()

    async def open(self, page: str, query: str, wanted: re.Pattern) -> str:
        self.query = query
        await self._rerun(page_name=page)
        return await self._answer(wanted)

    async def choose(self, clinics: list[str], wanted: re.Pattern) -> str:
        """Another filter of the page that is open."""
        self.states = WidgetStates()
        chosen = self.states.widgets.add()
        chosen.id = self.clinics
        chosen.string_array_value.data.extend(clinics)
        await self._rerun()
        return await self._answer(wanted)

    async def _answer(self, wanted: re.Pattern) -> str:
        found = ""
        async with asyncio.timeout(LOST):
            while True:
                message = ForwardMsg.FromString(await self.socket.recv())
                kind = message.WhichOneof("type")
                if kind == "navigation":
                    self._stop_looking()  # the whole page runs: what was waited for may be there
                    self.page = message.navigation.page_script_hash
                elif kind == "auto_rerun" and not found:
                    self.looks.append(asyncio.ensure_future(self._look_again(message.auto_rerun)))
                elif kind == "delta":
                    widget = message.delta.new_element.multiselect.id
                    self.clinics = widget if widget.endswith("-clinics") else self.clinics
                    said = wanted.search(_text(message))
                    found = said[0] if said else found
                elif kind == "script_finished" and found:
                    self._stop_looking()
                    return found

    async def _look_again(self, asked) -> None:
        """As a browser does: again and again, until the page runs as a whole."""
        while True:
            await asyncio.sleep(asked.interval)
            await self._rerun(fragment_id=asked.fragment_id, is_auto_rerun=True)

    def _stop_looking(self) -> None:
        for look in self.looks:
            look.cancel()
        self.looks.clear()

    async def _rerun(self, **state) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self.query
        if "page_name" not in state:
            asked.page_script_hash = self.page
        asked.widget_states.CopyFrom(self.states)
        for name, value in state.items():
            setattr(asked, name, value)
        await self.socket.send(message.SerializeToString())


def _text(message: ForwardMsg) -> str:
    """What an element says, without the escapes of Markdown."""
    element = message.delta.new_element
    if element.WhichOneof("type") not in ("markdown", "text"):
        return ""
    return re.sub(r"[\\⁠]", "", element.markdown.body or element.text.body)
