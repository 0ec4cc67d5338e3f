import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import worktime
from django.conf import settings
from django.db import migrations, models


# What a step asks of other units was a list inside the step's row and becomes rows. Released versions are frozen by
# triggers: the new table gets its own at the end of this migration, the way back lets the step's sleep for a moment.
ITEMS_TO_ROWS = """
    INSERT INTO procedures_stepitem (version_id, step, position, key, kind, name, unit_kind, amount, unit, required,
                                     after, procedure, result)
    SELECT s.version_id, s.key, item.at - 1, item.value->>'key', item.value->>'kind', item.value->>'name',
           item.value->>'unit_kind', (item.value->>'amount')::int, COALESCE(item.value->>'unit', 'WORKING_DAY'),
           COALESCE((item.value->>'required')::boolean, true), COALESCE(item.value->>'after', ''), '', ''
    FROM procedures_step s, jsonb_array_elements(s.items) WITH ORDINALITY AS item(value, at);
"""
ROWS_TO_ITEMS = """
    ALTER TABLE procedures_step DISABLE TRIGGER USER;
    UPDATE procedures_step s SET items = (
        SELECT jsonb_agg(jsonb_build_object('key', i.key, 'kind', i.kind, 'name', i.name, 'unit_kind', i.unit_kind,
                         'amount', i.amount, 'unit', i.unit, 'required', i.required, 'after', i.after) ORDER BY i.position)
        FROM procedures_stepitem i WHERE i.version_id = s.version_id AND i.step = s.key)
    WHERE EXISTS (SELECT 1 FROM procedures_stepitem i WHERE i.version_id = s.version_id AND i.step = s.key);
    ALTER TABLE procedures_step ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeeExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fee', models.CharField(max_length=60, verbose_name='khoản thu')),
                ('position', models.PositiveSmallIntegerField(verbose_name='thứ tự')),
                ('key', models.CharField(max_length=60, verbose_name='khóa')),
                ('name', models.CharField(max_length=200, verbose_name='đối tượng')),
                ('condition', models.JSONField(blank=True, default=dict, verbose_name='điều kiện')),
                ('percent', models.PositiveSmallIntegerField(default=100, verbose_name='giảm (%)')),
                ('ground', models.CharField(blank=True, max_length=250, verbose_name='căn cứ')),
                ('proof', models.CharField(blank=True, max_length=60, verbose_name='giấy tờ chứng minh')),
            ],
            options={
                'verbose_name': 'miễn, giảm',
                'verbose_name_plural': 'miễn, giảm',
            },
        ),
        migrations.CreateModel(
            name='FieldGroup',
            fields=[
                ('key', models.SlugField(max_length=60, primary_key=True, serialize=False, verbose_name='khóa')),
                ('title', models.CharField(max_length=150, verbose_name='tiêu đề')),
            ],
            options={
                'verbose_name': 'nhóm câu hỏi dùng chung',
                'verbose_name_plural': 'nhóm câu hỏi dùng chung',
            },
        ),
        migrations.CreateModel(
            name='FieldGroupVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='số')),
                ('title', models.CharField(max_length=150, verbose_name='tiêu đề')),
                ('prefix', models.CharField(max_length=60, verbose_name='tiền tố')),
                ('fields', models.JSONField(verbose_name='câu hỏi')),
                ('note', models.TextField(blank=True, verbose_name='ghi chú thay đổi')),
                ('created_at', models.DateTimeField(default=worktime.now, editable=False, verbose_name='tạo lúc')),
            ],
            options={
                'verbose_name': 'phiên bản nhóm câu hỏi',
                'verbose_name_plural': 'phiên bản nhóm câu hỏi',
            },
        ),
        migrations.CreateModel(
            name='NationalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='mã thủ tục')),
                ('name', models.TextField(verbose_name='tên')),
                ('field', models.CharField(max_length=200, verbose_name='lĩnh vực')),
                ('issuing_body', models.CharField(max_length=200, verbose_name='cơ quan ban hành')),
                ('executing_bodies', models.TextField(blank=True, verbose_name='cơ quan thực hiện')),
                ('audience', models.CharField(max_length=20, verbose_name='đối tượng')),
                ('kind', models.CharField(max_length=20, verbose_name='loại')),
                ('previous', models.JSONField(blank=True, default=dict, verbose_name='trước đó')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='đổi lúc')),
                ('read_at', models.DateTimeField(default=worktime.now, verbose_name='đọc lúc')),
                ('gone_at', models.DateTimeField(blank=True, null=True, verbose_name='không còn từ')),
                ('search', models.TextField(editable=False)),
            ],
            options={
                'verbose_name': 'thủ tục quốc gia',
                'verbose_name_plural': 'danh mục quốc gia',
            },
        ),
        migrations.CreateModel(
            name='ReleaseRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('state', models.CharField(choices=[('open', 'Chờ duyệt'), ('approved', 'Đã duyệt'), ('refused', 'Không duyệt'), ('withdrawn', 'Đã rút')], default='open', max_length=10, verbose_name='tình trạng')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='áp dụng từ')),
                ('reason', models.TextField(verbose_name='lý do')),
                ('legal_ground', models.TextField(verbose_name='căn cứ')),
                ('accepted_warnings', models.TextField(blank=True, verbose_name='vì sao chấp nhận các cảnh báo')),
                ('requested_at', models.DateTimeField(default=worktime.now, editable=False, verbose_name='đề nghị lúc')),
                ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='duyệt lúc')),
                ('decision_note', models.TextField(blank=True, verbose_name='ý kiến')),
            ],
            options={
                'verbose_name': 'đề nghị ban hành',
                'verbose_name_plural': 'đề nghị ban hành',
            },
        ),
        migrations.CreateModel(
            name='StepItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=60, verbose_name='bước')),
                ('position', models.PositiveSmallIntegerField(verbose_name='thứ tự')),
                ('key', models.CharField(max_length=60, verbose_name='khóa')),
                ('kind', models.CharField(choices=[('opinion', 'Lấy ý kiến'), ('linked', 'Việc liên thông')], max_length=10, verbose_name='loại')),
                ('name', models.CharField(max_length=150, verbose_name='việc')),
                ('unit_kind', models.CharField(choices=[('WARD', 'Ủy ban nhân dân cấp xã'), ('POLICE_WARD', 'Công an cấp xã'), ('LAND', 'Văn phòng đăng ký đất đai'), ('CONSTRUCTION', 'Sở Xây dựng'), ('FINANCE', 'Sở Tài chính'), ('HOME_AFFAIRS', 'Sở Nội vụ'), ('EDUCATION', 'Sở Giáo dục và Đào tạo'), ('POLICE_CITY', 'Công an Thành phố'), ('CULTURE', 'Sở Văn hóa và Thể thao'), ('HEALTH', 'Sở Y tế'), ('TOURISM', 'Sở Du lịch'), ('AGRICULTURE', 'Sở Nông nghiệp và Môi trường'), ('SOCIAL_INSURANCE', 'Bảo hiểm xã hội'), ('TAX', 'Thuế Thành phố'), ('FIRE_POLICE', 'Cảnh sát phòng cháy, chữa cháy')], max_length=20, verbose_name='cơ quan')),
                ('amount', models.PositiveSmallIntegerField(verbose_name='thời hạn')),
                ('unit', models.CharField(choices=[('HOUR', 'giờ làm việc'), ('WORKING_DAY', 'ngày làm việc'), ('DAY', 'ngày')], default='WORKING_DAY', max_length=12, verbose_name='đơn vị')),
                ('required', models.BooleanField(default=True, verbose_name='bắt buộc')),
                ('after', models.CharField(blank=True, max_length=60, verbose_name='sau việc')),
                ('procedure', models.CharField(blank=True, max_length=20, verbose_name='thủ tục liên thông')),
                ('result', models.CharField(blank=True, max_length=200, verbose_name='kết quả')),
            ],
            options={
                'verbose_name': 'việc cho cơ quan khác',
                'verbose_name_plural': 'việc cho cơ quan khác',
            },
        ),
        migrations.CreateModel(
            name='Suspension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='lý do nội bộ')),
                ('public_text', models.TextField(verbose_name='thông báo cho người dân')),
                ('public_text_en', models.TextField(blank=True, verbose_name='thông báo tiếng Anh')),
                ('started_at', models.DateTimeField(default=worktime.now, editable=False, verbose_name='từ lúc')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='đến lúc')),
            ],
            options={
                'verbose_name': 'tạm dừng tiếp nhận',
                'verbose_name_plural': 'tạm dừng tiếp nhận',
            },
        ),
        migrations.RemoveConstraint(
            model_name='formfield',
            name='one_field_of_a_key',
        ),
        migrations.RemoveField(
            model_name='release',
            name='state',
        ),
        migrations.AddField(
            model_name='stepitem',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='procedures.procedureversion', verbose_name='phiên bản'),
        ),
        migrations.RunSQL(ITEMS_TO_ROWS, ROWS_TO_ITEMS),
        migrations.RemoveField(
            model_name='step',
            name='items',
        ),
        migrations.AddField(
            model_name='feerule',
            name='formula',
            field=models.JSONField(blank=True, default=dict, verbose_name='công thức'),
        ),
        migrations.AddField(
            model_name='feerule',
            name='maximum',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='nhiều nhất (đồng)'),
        ),
        migrations.AddField(
            model_name='feerule',
            name='minimum',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='ít nhất (đồng)'),
        ),
        migrations.AddField(
            model_name='feerule',
            name='rows',
            field=models.JSONField(blank=True, default=list, verbose_name='biểu mức thu'),
        ),
        migrations.AddField(
            model_name='formfield',
            name='formula',
            field=models.JSONField(blank=True, default=dict, verbose_name='công thức'),
        ),
        migrations.AddField(
            model_name='formfield',
            name='parent',
            field=models.CharField(blank=True, max_length=60, verbose_name='trong nhóm lặp'),
        ),
        migrations.AddField(
            model_name='formfield',
            name='seen_by',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None, verbose_name='ai được xem'),
        ),
        migrations.AddField(
            model_name='formsection',
            name='group',
            field=models.CharField(blank=True, max_length=60, verbose_name='nhóm dùng chung'),
        ),
        migrations.AddField(
            model_name='formsection',
            name='group_version',
            field=models.PositiveIntegerField(default=0, verbose_name='phiên bản nhóm'),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='copied_from',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procedures.procedureversion', verbose_name='sửa từ'),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='edition',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='editors',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='english',
            field=models.JSONField(blank=True, default=dict, verbose_name='bản tiếng Anh'),
        ),
        migrations.AddField(
            model_name='procedureversion',
            name='saved_at',
            field=models.DateTimeField(default=worktime.now, editable=False, verbose_name='sửa lúc'),
        ),
        migrations.AddField(
            model_name='release',
            name='changes',
            field=models.TextField(blank=True, verbose_name='thay đổi so với phiên bản trước'),
        ),
        migrations.AddField(
            model_name='release',
            name='requested_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người đề nghị'),
        ),
        migrations.AddField(
            model_name='step',
            name='amount',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='thời gian cố định'),
        ),
        migrations.AddField(
            model_name='step',
            name='unit',
            field=models.CharField(blank=True, choices=[('HOUR', 'giờ làm việc'), ('WORKING_DAY', 'ngày làm việc'), ('DAY', 'ngày')], max_length=12, verbose_name='đơn vị'),
        ),
        migrations.AddField(
            model_name='step',
            name='unit_kind',
            field=models.CharField(blank=True, choices=[('WARD', 'Ủy ban nhân dân cấp xã'), ('POLICE_WARD', 'Công an cấp xã'), ('LAND', 'Văn phòng đăng ký đất đai'), ('CONSTRUCTION', 'Sở Xây dựng'), ('FINANCE', 'Sở Tài chính'), ('HOME_AFFAIRS', 'Sở Nội vụ'), ('EDUCATION', 'Sở Giáo dục và Đào tạo'), ('POLICE_CITY', 'Công an Thành phố'), ('CULTURE', 'Sở Văn hóa và Thể thao'), ('HEALTH', 'Sở Y tế'), ('TOURISM', 'Sở Du lịch'), ('AGRICULTURE', 'Sở Nông nghiệp và Môi trường'), ('SOCIAL_INSURANCE', 'Bảo hiểm xã hội'), ('TAX', 'Thuế Thành phố'), ('FIRE_POLICE', 'Cảnh sát phòng cháy, chữa cháy')], max_length=20, verbose_name='cơ quan làm'),
        ),
        migrations.AlterField(
            model_name='feerule',
            name='amount',
            field=models.PositiveBigIntegerField(default=0, verbose_name='số tiền (đồng)'),
        ),
        migrations.AddConstraint(
            model_name='formfield',
            constraint=models.UniqueConstraint(fields=('version', 'parent', 'key'), name='one_field_of_a_key'),
        ),
        migrations.AddField(
            model_name='feeexemption',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exemptions', to='procedures.procedureversion', verbose_name='phiên bản'),
        ),
        migrations.AddField(
            model_name='fieldgroupversion',
            name='created_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fieldgroupversion',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='procedures.fieldgroup', verbose_name='nhóm'),
        ),
        migrations.AddIndex(
            model_name='nationalentry',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('search', 'gin_trgm_ops'), name='national_search_trgm'),
        ),
        migrations.AddField(
            model_name='releaserequest',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người duyệt'),
        ),
        migrations.AddField(
            model_name='releaserequest',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người đề nghị'),
        ),
        migrations.AddField(
            model_name='releaserequest',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='release_requests', to='procedures.procedureversion', verbose_name='phiên bản'),
        ),
        migrations.AddField(
            model_name='suspension',
            name='ended_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspension',
            name='procedure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='procedures.procedure', verbose_name='thủ tục'),
        ),
        migrations.AddField(
            model_name='suspension',
            name='started_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='feeexemption',
            constraint=models.UniqueConstraint(fields=('version', 'fee', 'key'), name='one_exemption_of_a_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='feeexemption',
            trigger=pgtrigger.compiler.Trigger(name='exemption_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE row_version BIGINT;', func="\n            IF TG_OP = 'INSERT' THEN row_version := NEW.version_id;\n            ELSE row_version := OLD.version_id; END IF;\n            IF EXISTS (SELECT 1 FROM procedures_release WHERE version_id = row_version) OR (TG_OP = 'UPDATE'\n               AND EXISTS (SELECT 1 FROM procedures_release WHERE version_id = NEW.version_id)) THEN\n                RAISE EXCEPTION 'version % is released and cannot be changed', row_version USING ERRCODE = '23001';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='18c30542e98dfae4adf4ddfc92b5b1a337bdf238', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_exemption_frozen_a0eb8', table='procedures_feeexemption', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='fieldgroupversion',
            constraint=models.UniqueConstraint(fields=('group', 'number'), name='one_group_version_of_a_number'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fieldgroupversion',
            trigger=pgtrigger.compiler.Trigger(name='group_version_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c637bb7858cb63d50b696b60ac6d72d6328367f6', operation='UPDATE', pgid='pgtrigger_group_version_stays_32ba4', table='procedures_fieldgroupversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fieldgroupversion',
            trigger=pgtrigger.compiler.Trigger(name='group_version_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='c4bc4133e3d8e083617d21e6abf8965bee8f60e2', operation='DELETE', pgid='pgtrigger_group_version_kept_b9667', table='procedures_fieldgroupversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='releaserequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('version',), name='one_open_request_of_a_version'),
        ),
        migrations.AddConstraint(
            model_name='stepitem',
            constraint=models.UniqueConstraint(fields=('version', 'step', 'key'), name='one_item_of_a_key'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='stepitem',
            trigger=pgtrigger.compiler.Trigger(name='item_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE row_version BIGINT;', func="\n            IF TG_OP = 'INSERT' THEN row_version := NEW.version_id;\n            ELSE row_version := OLD.version_id; END IF;\n            IF EXISTS (SELECT 1 FROM procedures_release WHERE version_id = row_version) OR (TG_OP = 'UPDATE'\n               AND EXISTS (SELECT 1 FROM procedures_release WHERE version_id = NEW.version_id)) THEN\n                RAISE EXCEPTION 'version % is released and cannot be changed', row_version USING ERRCODE = '23001';\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='9e4969ee6ffa95465bfd0c2199b7dc47dfe1eb5e', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_item_frozen_c5c7c', table='procedures_stepitem', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('procedure',), name='one_suspension_of_a_procedure'),
        ),
    ]
