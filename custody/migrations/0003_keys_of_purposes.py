"""Keys that were derived from the oldest key of the ring are kept from now on as rows that it
wraps, so that the ring can be rotated: the tokens of names stay good, addresses are sealed anew."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from django.conf import settings
from django.db import migrations
from django.utils import timezone

from kernel import sealing
from kernel.ring import parsed


def keep_derived(apps, _schema):
    agencies = list(apps.get_model("agencies", "Agency").objects.values_list("code", flat=True))
    services = apps.get_model("agencies", "Service").objects
    sealed = list(services.exclude(confidential_address=None).order_by("pk"))
    if not agencies or not settings.KEY_RING_FILE:
        return
    ring = parsed(open(settings.KEY_RING_FILE, encoding="utf-8").read())
    oldest = min(ring.secrets)
    keys = {f"name index {code}": _derived(ring, oldest, f"name index {code}") for code in agencies}
    keys["service address"] = _derived(ring, ring.current, "service address")
    row = apps.get_model("custody", "PurposeKey")
    for purpose, key in keys.items():
        wrapped = aes_key_wrap(ring.secrets[ring.current], key)
        row.objects.create(
            purpose=purpose, ring_key=ring.current, wrapped_key=wrapped, made_at=timezone.now()
        )
    for service in sealed:
        name, _, content = bytes(service.confidential_address).partition(b"|")
        place = f"service.address|{service.code}"
        old = _derived(ring, name.decode(), "service address")
        text = sealing.open_sealed(old, content, place=place)
        service.confidential_address = sealing.seal(keys["service address"], text, place=place)
        service.save(update_fields=["confidential_address"])


def _derived(ring, name, purpose):
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return kdf.derive(ring.secrets[name])


class Migration(migrations.Migration):
    dependencies = [("custody", "0002_append_only"), ("agencies", "0004_labels")]
    operations = [migrations.RunPython(keep_derived, migrations.RunPython.noop)]
