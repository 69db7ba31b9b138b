"""Pipecat's own Twilio serializer and Realtime service as a bot: run by `--peers` in Pipecat's venv, never imported."""

import os

import uvicorn
from fastapi import FastAPI, Response, WebSocket
from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.events import AudioConfiguration, AudioInput, SessionProperties, TurnDetection
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

TOOLS = ("store_facts", "service_menu", "offer_slots", "find_customer")
TWIML = '<Response><Connect><Stream url="wss://pipecat.example/media"/></Connect></Response>'

app = FastAPI()


@app.post("/twilio/{_hook}")
async def webhook(_hook: str) -> Response:
    return Response(TWIML, media_type="text/xml")


async def answer(params: FunctionCallParams) -> None:
    await params.result_callback({"open": "7:30 to 18:00"})


@app.websocket("/media")
async def media(websocket: WebSocket) -> None:
    await websocket.accept()
    _, call = await parse_telephony_websocket(websocket)
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"],
        call_sid=call["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    transport = FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
        ),
    )
    llm = OpenAIRealtimeLLMService(
        api_key="bench",
        base_url=os.environ["BENCH_MODEL"],
        settings=OpenAIRealtimeLLMService.Settings(
            system_instruction="You answer the telephone of a car dealership.",
            session_properties=SessionProperties(
                audio=AudioConfiguration(input=AudioInput(turn_detection=TurnDetection()))
            ),
        ),
    )
    tools = [FunctionSchema(name=name, description="", properties={}, required=[]) for name in TOOLS]
    for name in TOOLS:
        llm.register_function(name, answer)
    context = LLMContext([{"role": "user", "content": "Greet the caller."}], ToolsSchema(standard_tools=tools))
    heard, said = LLMContextAggregatorPair(context)
    worker = PipelineWorker(
        Pipeline([transport.input(), heard, llm, transport.output(), said]),
        params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
    )

    @transport.event_handler("on_client_connected")
    async def connected(_transport: object, _client: object) -> None:
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def disconnected(_transport: object, _client: object) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    logger.remove()
    logger.add("/dev/stderr", level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), log_level="warning", loop="uvloop")
