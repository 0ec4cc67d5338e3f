from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Search that forgives accents and typing errors."""

    initial = True
    dependencies = []
    operations = [TrigramExtension(), UnaccentExtension()]
