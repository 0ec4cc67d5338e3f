"""A mail server that speaks just enough SMTP over a real socket, and misbehaves on demand."""

import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                answer = next((said for part, said in self.server.refusals.items() if part in line), "250 ok")
                if answer == "hang up":
                    return
                self.say(answer)
            elif verb == "DATA":
                self.say("354 go on")
                self.server.letters.append(self.read_letter())
                self.say("250 taken")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

    def read_letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`refusals` maps a part of an address to the answer it gets ("550 no such user"), or to "hang up"."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.letters, self.refusals, self.connections = [], {}, 0
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def stop(self):
        self.shutdown()
        self.server_close()
