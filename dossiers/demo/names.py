"""Names and numbers that sound real and belong to nobody."""

from datetime import date
from random import Random

FAMILY = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh",
    "Trịnh", "Mai", "Cao", "Tạ", "Chu",
)  # fmt: skip
FAMILY_WEIGHTS = (30, 12, 10, 7, 5, 5, 5, 3, 3, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1)
MIDDLE = {
    "male": ("Văn", "Đức", "Quang", "Minh", "Hữu", "Xuân", "Anh", "Thanh"),
    "female": ("Thị", "Thu", "Ngọc", "Thanh", "Minh", "Kim", "Hải"),
}
GIVEN = {
    "male": (
        "An", "Bình", "Cường", "Dũng", "Đạt", "Hải", "Hiếu", "Hoàng", "Hùng", "Huy", "Khánh", "Khôi", "Kiên", "Lâm",
        "Long", "Nam", "Nghĩa", "Phúc", "Quân", "Sơn", "Thành", "Thắng", "Toàn", "Trung", "Tuấn", "Tùng", "Việt",
        "Vinh",
    ),
    "female": (
        "An", "Anh", "Bích", "Châu", "Chi", "Dung", "Giang", "Hà", "Hạnh", "Hằng", "Hiền", "Hoa", "Hồng", "Hương",
        "Lan", "Linh", "Mai", "Nga", "Ngân", "Nhung", "Phương", "Quỳnh", "Thảo", "Thủy", "Trang", "Tuyết", "Vân", "Yến",
    ),
}  # fmt: skip
STREETS = (
    "phố Đội Cấn", "phố Hàng Bông", "đường Láng", "phố Bạch Mai", "đường Giải Phóng", "phố Kim Mã", "đường Cầu Giấy",
    "phố Lò Đúc", "đường Hoàng Quốc Việt", "phố Thụy Khuê", "đường Nguyễn Trãi", "phố Minh Khai",
)  # fmt: skip
TRADES = ("thực phẩm", "xây dựng", "vận tải", "du lịch", "nội thất", "dược phẩm", "phần mềm", "dệt may")


def person_name(rng: Random) -> str:
    gender = rng.choice(("male", "female"))
    family = rng.choices(FAMILY, FAMILY_WEIGHTS)[0]
    return f"{family} {rng.choice(MIDDLE[gender])} {rng.choice(GIVEN[gender])}"


def is_person_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and words[0] in FAMILY


def business_name(rng: Random) -> str:
    trade, name = rng.choice(TRADES), rng.choice(GIVEN["male"] + GIVEN["female"])
    return f"Công ty TNHH {trade} {name} {rng.choice(('Phát', 'Thịnh', 'Gia', 'Việt'))}"


def phone(rng: Random) -> str:
    return f"+849{rng.randrange(10**8):08d}"


def personal_number(rng: Random, born: date) -> str:
    """Province, then sex and century, then the year: 001190… is a woman of Hanoi born in 1990."""
    century = 0 if born.year < 2000 else 2
    return f"001{century + rng.randrange(2)}{born:%y}{rng.randrange(10**6):06d}"


def address(rng: Random) -> str:
    return f"{rng.randrange(1, 300)} {rng.choice(STREETS)}"
