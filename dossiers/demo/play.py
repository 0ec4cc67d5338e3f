"""Playing one demo story: every act through the same door as people use, each at its own moment of the past."""

from datetime import datetime, timedelta

from accounts.models import User
from dossiers import acts
from dossiers.act_moves import move_fields
from dossiers.demo import filing
from dossiers.demo.people import Cast
from dossiers.demo.plots import Story
from dossiers.life import Status
from dossiers.models import Dossier, WorkItem
from dossiers.services import reception, requests
from procedures.spec import Move, Spec
from worktime import at
from worktime.calendars import Calendar, get_calendar
from worktime.deadlines import add_working_time, working_time_between

REASONS = {
    "ask": ("Bản chụp bị mờ, xin chụp lại cho rõ cả bốn góc.", "Giấy tờ thiếu trang có chữ ký và con dấu.",
            "Thông tin trên giấy tờ chưa khớp với tờ khai, xin gửi bản đúng."),
    "refuse": ("Không thuộc thẩm quyền giải quyết của cơ quan này.", "Hồ sơ nộp trùng với hồ sơ đang được giải quyết."),
    "withdraw": ("Tôi nộp nhầm thủ tục.", "Tôi chưa cần làm việc này nữa.", "Tôi sẽ nộp lại sau khi có đủ giấy tờ."),
    "stop": ("Người nộp đề nghị dừng vì đang có tranh chấp.", "Cơ quan có thẩm quyền yêu cầu tạm dừng giải quyết."),
    "reject": ("Hồ sơ không đủ điều kiện theo quy định, đã giải thích rõ với người nộp.",),
    "opinion": ("Thống nhất, không có ý kiến khác.", "Thống nhất; đề nghị bổ sung sơ đồ vị trí khi trả kết quả."),
    "praise": ("Cán bộ hướng dẫn rõ ràng, trả kết quả sớm hơn hẹn.", "Nộp trên mạng rất tiện.", "", "", ""),
    "complaint": ("Trả kết quả muộn, phải hỏi nhiều lần.", "Phải đi lại hai lần vì hướng dẫn chưa đủ."),
}  # fmt: skip
HOURS_A_DAY = 8


class Diary:
    """Moments of working time before the present."""

    def __init__(self, end: datetime, calendar: Calendar | None = None):
        self.end, self.calendar = end, calendar or get_calendar("default")
        self.start = end - timedelta(days=150)
        self.worked = working_time_between(self.start, end, self.calendar)

    def ago(self, hours: float) -> datetime:
        return add_working_time(self.start, max(self.worked - timedelta(hours=hours), timedelta()), self.calendar)

    def after(self, moment: datetime, hours: float) -> datetime:
        return min(add_working_time(moment, timedelta(hours=max(hours, 0)), self.calendar), self.end)


def whole_time(spec: Spec) -> float:
    """The procedure's time in working hours; a calendar day is counted as five sevenths of a working one."""
    hours = {"HOUR": 1, "WORKING_DAY": HOURS_A_DAY, "DAY": HOURS_A_DAY * 5 / 7}[spec.time_unit] * spec.time_amount
    return float(hours)


def path(spec: Spec) -> list[Move]:
    """The way forward from the first step to the last."""
    moves, here = [], spec.first_move.target
    while move := next((m for m in spec.moves_from(here) if m.primary), None):
        moves.append(move)
        here = move.target
    return moves


class Play:
    """One story being played. `moment` only goes forward and never passes the diary's end."""

    def __init__(self, story: Story, cast: Cast, diary: Diary):
        self.story, self.cast, self.diary, self.rng = story, cast, diary, story.rng
        self.plot, self.spec = story.plot, story.spec
        self.used = self.rng.uniform(*self.plot.used) * whole_time(self.spec)
        self.back = self.rng.uniform(*self.plot.back)
        self.dossier: Dossier

    def run(self) -> Dossier:
        before_unit = self.plot.goal in ("registered", "refused")
        wait = self.rng.uniform(0.3, 5) if self.story.online else 0  # until the branch receives it
        asked = self.plot.twist in ("ask_after", "answer_after")
        elapsed = self.back + (0 if before_unit else self.rng.uniform(2, 10) if asked else self.used)
        self.moment = self.diary.ago(elapsed + (0 if before_unit else wait))
        self.dossier = filing.file(self.story, self.cast, self.moment)
        if before_unit:
            self.at_the_branch()
            return self.dossier
        self.receive(wait)
        if asked:
            self.unit_asks()
        else:
            self.work()
        return self.dossier

    # --- acts -------------------------------------------------------------------------------------------------------
    def act(self, name: str, user: User, **data) -> None:
        with at(self.moment):
            self.dossier = acts.perform(self.dossier.pk, name, data, user=user, step_up=acts.proven)

    def wait(self, hours: float) -> None:
        self.moment = self.diary.after(self.moment, hours)

    def say(self, what: str) -> str:
        return self.rng.choice(REASONS[what])

    @property
    def clerk(self) -> User:
        return self.rng.choice(self.cast.clerks[self.dossier.branch_id])

    @property
    def officer(self) -> User:
        return self.cast.by_id.get(self.dossier.assignee_id) or self.cast.leaders[self.dossier.unit_id]

    # --- at the branch ----------------------------------------------------------------------------------------------
    def at_the_branch(self) -> None:
        if self.plot.goal == "refused":
            self.wait(min(self.rng.uniform(0.5, 7), self.back))
            self.act("refuse", self.clerk, reason=self.say("refuse"))
        elif self.plot.twist:
            self.wait(min(self.rng.uniform(0.5, 4), self.back / 2))
            self.ask(self.clerk)
            if self.plot.twist == "answer_before":
                self.wait(self.back / 3)
                self.answer()

    def ask(self, by: User) -> None:
        papers = [d.key for d in self.spec.documents if d.required and not d.condition]
        self.act("ask_supplement", by, reason=self.say("ask"), documents=papers[:1])

    def answer(self) -> None:
        owner, request = self.dossier.owner, self.dossier.supplements.latest("asked_at")
        files = {k: [filing.upload(self.spec.documents_by_key[k].name, owner, self.rng)] for k in request.documents}
        self.act("give_supplement", owner, note="Tôi đã chụp lại, xin kiểm tra giúp.", files=files)

    def receive(self, after: float) -> None:
        if self.story.online:
            self.wait(after)
            self.act("receive", self.clerk)
        if not self.spec.immediate:
            with at(self.moment + timedelta(minutes=1)):
                reception.hand_over_by_system(self.dossier.pk)
            self.dossier = Dossier.objects.select_related(*acts.RELATED).get(pk=self.dossier.pk)

    # --- at the unit ------------------------------------------------------------------------------------------------
    def unit_asks(self) -> None:
        self.wait(self.rng.uniform(0.5, 2))
        self.ask(self.officer)
        if self.plot.twist == "answer_after":
            self.wait(self.back * 0.6)
            self.answer()

    def work(self) -> None:
        """Go along the process as far as the plot says, spread over the time used, then end as it says."""
        moves = self.moves()
        pause = self.used / (len(moves) + (self.plot.goal not in ("completed", "returned")))
        begin = self.moment
        for number, move in enumerate(moves, start=1):
            early = 0 if number == len(moves) else self.rng.uniform(0, 0.4)
            self.follow(move, pause, at=self.diary.after(begin, pause * (number - early)))
        if self.plot.goal == "items":
            self.opinions(some=True, hours=pause / 3)
        elif self.plot.twist == "withdraw":
            self.wait(pause / 2)
            self.act("withdraw", self.dossier.owner, reason=self.say("withdraw"))
        elif self.plot.twist == "stop":
            self.wait(pause / 2)
            self.act("stop", self.officer, reason=self.say("stop"))
        elif self.plot.goal == "returned":
            self.give_back()

    def moves(self) -> list[Move]:
        """The moves of this story: as far along the path as its goal."""
        whole, steps = path(self.spec), self.spec.steps_by_key
        ends = {
            "sign": lambda move: steps[move.target].role == "LEADER",
            "items": lambda move: bool(steps[move.target].items),
            "payment": lambda move: "ask_payment" in move.effects,
        }
        if self.plot.goal in ends:
            return whole[: 1 + next(n for n, move in enumerate(whole) if ends[self.plot.goal](move))]
        if self.plot.goal == "step":
            undecided = [n for n, move in enumerate(whole) if self.plot.twist and "approve" in move.effects]
            return whole[: self.rng.randrange(min([len(whole), *(n + 1 for n in undecided)]))]
        if self.plot.twist == "reject":
            return [self.spec.move("reject", move.source) or move for move in whole]
        return whole

    def follow(self, move: Move, pause: float, *, at: datetime) -> None:
        self.opinions(some=False, hours=pause / 4)
        if self.dossier.status == Status.PAYMENT_REQUIRED:
            self.wait(pause / 3)
            self.settle()
        self.moment = max(self.moment, at)
        self.act(move.key, self.worker(move), **self.inputs(move))

    def worker(self, move: Move) -> User:
        if move.role == "CLERK":
            return self.clerk
        return self.cast.leaders[self.dossier.unit_id] if move.role == "LEADER" else self.officer

    def inputs(self, move: Move) -> dict:
        fields = move_fields(acts.Case(self.dossier, self.officer), move)
        data = {f.key: f.example for f in fields if f.required}
        data |= {f.key: self.moment.date().isoformat() for f in fields if f.kind == "date"}
        if "reason" in data:
            data["reason"] = self.say("reject")
        if "payment_amount" in data:
            data["payment_amount"] = self.rng.randrange(20, 900) * 10_000
        return data

    def opinions(self, *, some: bool, hours: float) -> None:
        """Other units answer: all of them, or (where the story stops here) some, so that one is always missing."""
        items = self.dossier.items.asked().filter(step=self.dossier.step).order_by("pk")
        for item in items[: items.count() - 1] if some else items:
            item.refresh_from_db()
            if item.state == WorkItem.State.OPEN:
                self.wait(hours)
                self.act(
                    "finish_item", self.cast.officers[item.unit_id][0], item=str(item.pk), result=self.say("opinion")
                )

    def settle(self) -> None:
        number = f"BL-{self.dossier.pk:06d}"
        self.act("settle_payment", self.cast.cashiers[self.dossier.branch_id], receipt_number=number)

    def give_back(self) -> None:
        self.wait(self.rng.uniform(0.3, self.back / 2))
        if requests.due_amount(self.dossier):
            self.settle()
        self.act("return_result", self.clerk, way=self.dossier.return_by)
        if self.dossier.owner_id and self.plot.twist == "rate" and self.rng.random() < 0.8:
            self.wait(self.rng.uniform(0.1, self.back / 2))
            self.rate(late=self.dossier.completed_at > self.dossier.due_at)

    def rate(self, *, late: bool) -> None:
        score = self.rng.choice((1, 2, 3)) if late else self.rng.choices((3, 4, 5), (1, 4, 9))[0]
        words = self.say("complaint" if late else "praise")
        self.act("rate", self.dossier.owner, score=str(score), **({"text": words} if words else {}))
