"""allauth's checks carry no id, so settings silence them all: here is what they say, and why it is right."""

from allauth.account.checks import settings_check


def test_allauth_says_one_thing_only_of_our_settings():
    """It wants addresses proved at every login where codes prove them; ours are proved when an account is made."""
    said = [message.msg for message in settings_check(app_configs=None) if message.id is None]
    assert said == [
        "ACCOUNT_EMAIL_VERFICATION_BY_CODE requires ACCOUNT_EMAIL_VERIFICATION = 'mandatory'",
    ]
