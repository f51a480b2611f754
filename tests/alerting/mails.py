"""A mail server that prints where it listens, and then every mail that it gets, as it would be read."""

import asyncio
import email
import email.policy

from aiosmtpd.smtp import SMTP


class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(f"to {', '.join(envelope.rcpt_tos)}: {mail['subject']}", mail.get_body().get_content().replace("\r", ""), sep="\n", flush=True)
        return "250 OK"


async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", 0)
    print("listening on %s:%d" % server.sockets[0].getsockname(), flush=True)
    await server.serve_forever()


asyncio.run(main())
