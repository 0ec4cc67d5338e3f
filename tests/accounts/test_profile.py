"""The facts a person keeps about themselves."""

from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from places.models import FormerDistrict, Ward
from worktime import now

pytestmark = pytest.mark.django_db
PAGE = "/tai-khoan/ho-so-ca-nhan/"


@pytest.fixture
def person(client):
    user = User.objects.create_user("anh", "anh@example.com", "x", full_name="Lê Thị Ánh", phone="+84912345678")
    client.force_login(user)
    return user


@pytest.fixture
def ward():
    place = {"latitude": 21, "longitude": 105}
    district, _ = FormerDistrict.objects.get_or_create(code="003", defaults={"name": "Quận Tây Hồ"} | place)
    new = {"name": "Phường Tây Hồ", "kind": "Phường", "former_district": district, "search": "phuong tay ho"}
    return Ward.objects.get_or_create(code="00103", defaults=new | place)[0]


def save(client, **fields):
    given = {"full_name": "Lê Thị Ánh", "language": "vi"}
    return client.post(PAGE, given | fields)


def test_everything_is_kept(client, person, ward):
    saved = save(
        client, personal_number="001185000001", birth_date="31/12/1985", ward="00103", address_line=" 12  Hàng Bạc "
    )
    assert saved.status_code == 302
    person.refresh_from_db()
    assert (person.birth_date, person.ward, person.address_line) == (date(1985, 12, 31), ward, "12 Hàng Bạc")
    assert person.personal_number == "001185000001" and person.phone == "+84912345678"


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("personal_number", "12345"),
        ("personal_number", "00118500000a"),
        ("birth_date", "31/02/1985"),
        ("birth_date", "01/01/2999"),
        ("birth_date", "01/01/1899"),
        ("ward", "99999"),
        ("full_name", ""),
        ("full_name", "\x00"),
        ("language", "fr"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(client, person, field, bad):
    response = save(client, **{field: bad})
    assert response.status_code == 200 and field in response.context["form"].errors
    person.refresh_from_db()
    assert person.full_name == "Lê Thị Ánh"


def test_a_number_is_not_changed_here_but_where_it_is_proved(client, person):
    save(client, phone="0987 654 321")
    person.refresh_from_db()
    assert person.phone == "+84912345678"


def test_what_vneid_said_is_not_typed_over(client, person):
    person.verified_at, person.personal_number, person.birth_date = now(), "001185000001", date(1985, 12, 31)
    person.save()
    saved = save(
        client, full_name="Ai Khác", personal_number="001185000999", birth_date="01/01/1990", address_line="1 B"
    )
    assert saved.status_code == 302
    person.refresh_from_db()
    said = (person.full_name, person.personal_number, person.birth_date, person.address_line)
    assert said == ("Lê Thị Ánh", "001185000001", date(1985, 12, 31), "1 B")


def test_a_language_chosen_here_is_the_language_of_the_next_page(client, person):
    assert save(client, language="en").cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_the_page_is_cheap(client, person, ward, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        client.get(reverse("accounts:profile"))
